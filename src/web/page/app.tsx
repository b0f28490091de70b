// The frame of the page: where to go, whether it is live, what was done, and the view that is open.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { DeadLetters } from './dead-letters.js';
import { Keys } from './dialog.js';
import { JobView } from './job-view.js';
import { JobsView } from './jobs-view.js';
import { useKeys } from './keyboard.js';
import { type Link, useLive } from './live.js';
import { OverviewView } from './overview-view.js';
import { QueuesView } from './queues-view.js';
import { type Route, useRoute } from './route.js';
import { ActingContext, useSays } from './says.js';
import type { Session } from './shapes.js';
import { useTheme } from './theme.js';
import { WorkersView } from './workers-view.js';

const VIEWS = [
  ['overview', 'Overview'],
  ['jobs', 'Jobs'],
  ['dlq', 'Dead letters'],
  ['queues', 'Queues'],
  ['workers', 'Workers'],
] as const;

const LINKS: Record<Link, string> = {
  live: 'live',
  waiting: 'connecting…',
  hidden: 'paused',
  away: 'no database',
};

export function App({ session }: { session: Session }) {
  const route = useRoute();
  const { link } = useLive();
  const { acting, shown } = useSays(session);
  const [help, setHelp] = useState(false);
  const [theme, nextTheme] = useTheme();
  useKeys(() => setHelp(true));
  const heading = useOpened(route);
  const open = route.view === 'job' ? 'jobs' : route.view;
  return (
    <ActingContext.Provider value={acting}>
      <button type="button" class="skip" onClick={() => heading.current?.focus()}>
        Skip to the content
      </button>
      <header>
        <a class="brand" href="#/overview">
          queuectl
        </a>
        <nav aria-label="Views">
          {VIEWS.map(([view, name]) => (
            <a key={view} href={`#/${view}`} aria-current={open === view ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <div class="tools">
          <span class={`link ${link}`} aria-live="polite">
            {LINKS[link]}
          </span>
          <button type="button" class="quiet" onClick={nextTheme} aria-label={`Theme: ${theme}`}>
            {theme === 'dark' ? '●' : theme === 'light' ? '○' : '◐'}
          </button>
          <button type="button" class="quiet" onClick={() => setHelp(true)} aria-label="Keys">
            ?
          </button>
        </div>
      </header>
      <main ref={heading} tabIndex={-1} id="main">
        <View route={route} />
      </main>
      {shown}
      {help && <Keys close={() => setHelp(false)} />}
    </ActingContext.Provider>
  );
}

function View({ route }: { route: Route }): ComponentChildren {
  switch (route.view) {
    case 'overview':
      return <OverviewView />;
    case 'jobs':
      return <JobsView query={route.query} />;
    case 'job':
      return <JobView key={route.id} id={route.id} />;
    case 'dlq':
      return <DeadLetters />;
    case 'queues':
      return <QueuesView />;
    case 'workers':
      return <WorkersView />;
    default:
      return (
        <>
          <h1>Not found</h1>
          <p>
            There is no such view. <a href="#/overview">Back to the overview</a>
          </p>
        </>
      );
  }
}

/** Another view: a screen reader is told, and the page begins at its top. */
function useOpened({ view, id }: Route) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    const name = id || (VIEWS.find(([one]) => one === view)?.[1] ?? 'Not found');
    document.title = `${name} – queuectl`;
    if (first.current) first.current = false;
    else {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [view, id]);
  return main;
}
