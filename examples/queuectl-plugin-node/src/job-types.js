// What queuectl asks for at each start of a program: names only. The handler is loaded where a job needs it.

/** @type {import('queuectl').JobTypesHook} */
export default function jobTypes() {
  return [{ name: 'node', description: 'a function of a module', api: 1, load: () => import('./node.js') }];
}
