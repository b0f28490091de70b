// The keys of the page: they go where links go, and move over the lines of a list.
import { useEffect } from 'preact/hooks';
import { go } from './route.js';

const VIEWS: Record<string, string> = { o: 'overview', j: 'jobs', d: 'dlq', q: 'queues', w: 'workers' };
/** Within which the second key of two must follow. */
const TOGETHER_MS = 1500;

export function useKeys(help: () => void): void {
  useEffect(() => {
    let goAt = Number.NEGATIVE_INFINITY;
    const pressed = (event: KeyboardEvent) => {
      const { target, key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target instanceof HTMLElement && target.closest('input, select, textarea, dialog')) return;
      const view = performance.now() - goAt < TOGETHER_MS ? VIEWS[key] : undefined;
      goAt = key === 'g' ? performance.now() : Number.NEGATIVE_INFINITY;
      if (view) go(`#/${view}`);
      else if (key === '?') help();
      else if (key === '/') search();
      else if (key === 'j' || key === 'k') move(key === 'j' ? 1 : -1);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

function search(): void {
  const field = () => document.querySelector<HTMLInputElement>('#where');
  field()?.focus();
  if (field()) return;
  go('#/jobs');
  requestAnimationFrame(() => setTimeout(() => field()?.focus(), 50));
}

/** Each line of a list has one link that opens it. */
function move(by: number): void {
  const links = [...document.querySelectorAll<HTMLElement>('[data-line]')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = links[at === -1 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))];
  next?.focus();
}
