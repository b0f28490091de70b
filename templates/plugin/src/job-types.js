// The job types of this plugin. Every queuectl program loads this file, so it stays small: load() brings the rest when needed.

/** @type {import('queuectl').JobTypesHook} */
export default () => [
  {
    name: '{{type}}',
    description: 'greets somebody',
    api: 1,
    load: () => import('./handler.js'),
  },
];
