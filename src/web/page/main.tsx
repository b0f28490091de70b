// The dashboard's page: exchanges the token of its link, then shows the queue.
import { render } from 'preact';
import { ApiError, beginSession } from './api.js';
import { App } from './app.js';
import { startLive } from './live.js';
import './page.css';

const root = document.getElementById('app')!;
const without = (error: unknown) => render(<NoSession error={error} />, root);

// A new link in the same tab changes nothing but what is behind the #.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) location.reload();
});

beginSession().then((session) => {
  startLive(without);
  render(<App session={session} />, root);
}, without);

function NoSession({ error }: { error: unknown }) {
  const unknown = error instanceof ApiError && error.status === 401;
  return (
    <main class="alone">
      <h1>queuectl</h1>
      <p role="alert">{unknown ? 'This page needs a token.' : (error as Error).message}</p>
      <p>
        Open the link that <code>queuectl dashboard</code> prints. It is good as long as that command runs.
      </p>
    </main>
  );
}
