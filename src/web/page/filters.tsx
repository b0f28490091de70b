// Which jobs to show: the filter of the command line, kept in the address.
import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from './api.js';
import { go, linkTo, linkToJob } from './route.js';
import { STATES } from './state.js';

export const FILTERS = ['state', 'queue', 'type', 'cause', 'since', 'where'] as const;
const SORTS = ['number', 'priority', 'run_at', 'created_at', 'changed_at', 'started_at', 'finished_at'];

/** One word is no condition: it is the id of a job, or its number. */
const ALONE = /^\s*[^\s<>=!~"'()]+\s*$/;

export function Filters({ query, error }: { query: URLSearchParams; error: ApiError | undefined }) {
  const given: Record<string, string | undefined> = Object.fromEntries(query);
  const [where, setWhere] = useState(given.where ?? '');
  useEffect(() => setWhere(given.where ?? ''), [given.where]);
  const show = (changes: Record<string, string>) => {
    go(linkTo('jobs', { ...given, where, ...changes, after: '', before: '', offset: '' }));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (ALONE.test(where)) go(linkToJob(where.trim()));
    else show({});
  };
  return (
    <search aria-label="Jobs">
      <form class="filters" onSubmit={submit}>
        <label class="grow">
          <span>Where, or an id</span>
          <input
            id="where"
            type="search"
            placeholder="priority > 5 and created < 1h"
            spellcheck={false}
            value={where}
            aria-invalid={error !== undefined}
            aria-describedby="where-error"
            onInput={(event) => setWhere(event.currentTarget.value)}
          />
        </label>
        <Choice name="state" label="State" value={given.state} values={STATES} show={show} />
        <Words name="queue" label="Queue" value={given.queue} show={show} />
        <Words name="type" label="Type" value={given.type} show={show} />
        <Words name="cause" label="Cause" value={given.cause} show={show} />
        <Words name="since" label="Since" value={given.since} show={show} example="2h" />
        <Choice name="sort" label="Sort" value={given.sort} values={SORTS} show={show} usual="number" />
        <label class="check">
          <input
            type="checkbox"
            checked={given.reverse !== 'false'}
            onChange={(event) => show({ reverse: String(event.currentTarget.checked) })}
          />
          <span>Last first</span>
        </label>
        <button type="submit">Show</button>
        <p id="where-error" class="problem" role="alert" hidden={!error}>
          {error && [error.message, ...error.suggestions].join('; ')}
        </p>
      </form>
    </search>
  );
}

interface Field {
  name: string;
  label: string;
  value: string | undefined;
  show: (changes: Record<string, string>) => void;
}

function Choice({
  name,
  label,
  value = '',
  values,
  show,
  usual = 'any',
}: Field & { values: readonly string[]; usual?: string }) {
  return (
    <label>
      <span>{label}</span>
      <select value={value === usual ? '' : value} onChange={(event) => show({ [name]: event.currentTarget.value })}>
        <option value="">{usual}</option>
        {values
          .filter((one) => one !== usual)
          .map((one) => (
            <option key={one}>{one}</option>
          ))}
      </select>
    </label>
  );
}

function Words({ name, label, value = '', show, example }: Field & { example?: string }) {
  return (
    <label>
      <span>{label}</span>
      <input
        value={value}
        placeholder={example}
        spellcheck={false}
        onChange={(event) => show({ [name]: event.currentTarget.value })}
      />
    </label>
  );
}
