// What queuectl asks for at each start of a program: names only. The handler is loaded where a job needs it.

/** @type {import('queuectl').JobTypesHook} */
export default function jobTypes() {
  return [{ name: 'http', description: 'one HTTP request', api: 1, load: () => import('./http.js') }];
}
