// The conditions of `--where`: `priority > 5 and (created < 1h or not cause = exit:3)`, as text and as a tree.
import { BadInput } from '../errors.js';
import { nearest } from './nearest.js';
import { readStates } from './states.js';
import { parseDuration, parseWhen } from './units.js';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~';

/** A time as it was written: of the clock, or so far from now. */
export type Moment = { at: number } | { fromNowMs: number };

export type Condition =
  | { is: 'and' | 'or'; all: Condition[] }
  | { is: 'not'; one: Condition }
  /** A value of null is `none`: it is not there. */
  | { is: 'compared'; field: Field; operator: Operator; value: number | string | Moment | null };

type Kind = 'number' | 'text' | 'past' | 'coming';

/** What can be compared. Of times, those that lie behind are told by their age, those to come by how far they are. */
export const FIELDS = {
  number: 'number',
  priority: 'number',
  attempt: 'number',
  failures: 'number',
  crashes: 'number',
  batch: 'number',
  parent: 'number',
  id: 'text',
  queue: 'text',
  type: 'text',
  state: 'text',
  cause: 'text',
  key: 'text',
  command: 'text',
  created: 'past',
  changed: 'past',
  started: 'past',
  finished: 'past',
  run: 'coming',
  next: 'coming',
  expires: 'coming',
} as const satisfies Record<string, Kind>;
export type Field = keyof typeof FIELDS;

const EXAMPLE = "--where 'priority > 5 and created < 1h'";
const LONGEST = 10_000;
const DEEPEST = 32;
/** Backwards, so that an age below an hour is a time after that. */
const MIRRORED: Record<Operator, Operator> = {
  ...{ '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=', '!=': '!=', '~': '~', '!~': '!~' },
};

interface Token {
  text: string;
  quoted: boolean;
  at: number;
}

/** @throws BadInput that says where it stopped making sense */
export function parseWhere(text: string): Condition {
  if (text.length > LONGEST) throw new BadInput(`--where: longer than ${LONGEST} characters`);
  const reader = new Reader(tokens(text));
  const condition = reader.any(0);
  if (reader.next) throw reader.lost('and, or, or the end');
  return condition;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  const shape = /\s*(?:(!=|!~|<=|>=|==|[=<>~()])|"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s=<>~()!"']+))/y;
  while (shape.lastIndex < text.trimEnd().length) {
    const at = shape.lastIndex;
    const [, sign, double, single, word] = shape.exec(text) ?? [];
    const quoted = double?.replace(/\\(.)/g, '$1') ?? single;
    const read = quoted ?? word ?? (sign === '==' ? '=' : sign);
    if (read === undefined)
      throw new BadInput(`--where: cannot read ${JSON.stringify(text.slice(at, at + 20).trim())}`, [EXAMPLE]);
    found.push({ text: read, quoted: quoted !== undefined, at });
  }
  return found;
}

class Reader {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  get next(): Token | undefined {
    return this.tokens[this.#at];
  }

  any(depth: number): Condition {
    return this.#several('or', () => this.#several('and', () => this.#one(depth)));
  }

  lost(wanted: string): BadInput {
    const found = this.next ? `${JSON.stringify(this.next.text.slice(0, 40))}` : 'the end';
    return new BadInput(`--where: expected ${wanted} instead of ${found}`, [EXAMPLE]);
  }

  #several(is: 'and' | 'or', one: () => Condition): Condition {
    const all = [one()];
    while (this.#took(is)) all.push(one());
    return all.length === 1 ? all[0]! : { is, all };
  }

  #one(depth: number): Condition {
    if (depth > DEEPEST) throw new BadInput(`--where: more than ${DEEPEST} levels of brackets`);
    if (this.#took('not')) return { is: 'not', one: this.#one(depth + 1) };
    if (!this.#took('(')) return this.#comparison();
    const condition = this.any(depth + 1);
    if (!this.#took(')')) throw this.lost('a closing bracket');
    return condition;
  }

  #comparison(): Condition {
    const field = readField(this.#take('a field'));
    if (!this.next || this.next.quoted || !Object.hasOwn(MIRRORED, this.next.text)) {
      throw this.lost('one of = != < <= > >= ~ !~');
    }
    const operator = this.#take('an operator').text as Operator;
    return compared(field, operator, this.#take('a value'));
  }

  #take(wanted: string): Token {
    if (!this.next || (!this.next.quoted && /^[()]$/.test(this.next.text))) throw this.lost(wanted);
    return this.tokens[this.#at++]!;
  }

  #took(word: string): boolean {
    const { next } = this;
    const found = next !== undefined && !next.quoted && next.text.toLowerCase() === word;
    if (found) this.#at += 1;
    return found;
  }
}

function readField({ text }: Token): Field {
  const name = text.toLowerCase().replace(/_at$/, '');
  if (Object.hasOwn(FIELDS, name)) return name as Field;
  const names = Object.keys(FIELDS);
  const meant = nearest(name, names);
  throw new BadInput(`--where: no such field: ${text.slice(0, 40)}`, [
    meant ? `did you mean ${meant}?` : `the fields are ${names.join(', ')}`,
  ]);
}

function compared(field: Field, operator: Operator, { text, quoted }: Token): Condition {
  const kind: Kind = FIELDS[field];
  const refuse = (wanted: string) =>
    new BadInput(`--where: ${field} ${operator} takes ${wanted}, not ${JSON.stringify(text.slice(0, 40))}`, [EXAMPLE]);
  const contains = operator === '~' || operator === '!~';
  if (contains && kind !== 'text')
    throw new BadInput(`--where: ${operator} is for texts, and ${field} is none`, [EXAMPLE]);
  if (!quoted && text.toLowerCase() === 'none') {
    if (operator !== '=' && operator !== '!=')
      throw new BadInput(`--where: none can only be compared by = and !=`, [`${field} != none`]);
    return { is: 'compared', field, operator, value: null };
  }
  if (kind === 'text') {
    if (!contains && !['=', '!='].includes(operator))
      throw new BadInput(`--where: texts are compared by = != ~ !~, not by ${operator}`, [EXAMPLE]);
    if (field === 'command' && !contains)
      throw new BadInput('--where: a command is looked into', ["--where 'command ~ make'"]);
    const value = field === 'state' && !contains ? readStates([text])[0]! : text;
    return { is: 'compared', field, operator, value };
  }
  if (kind === 'number') {
    if (!/^-?\d{1,15}$/.test(text)) throw refuse('a whole number');
    return { is: 'compared', field, operator, value: Number(text) };
  }
  return { is: 'compared', field, ...moment(field, kind, operator, text) };
}

/** A bare duration is an age, or how far away it is; `+1h` and `-1h` are times as seen from now. */
function moment(
  field: Field,
  kind: 'past' | 'coming',
  operator: Operator,
  text: string,
): { operator: Operator; value: Moment } {
  if (/^\d+(\.\d+)?(ms|s|m|h|d|w)/.test(text)) {
    const ms = parseDuration(text, `--where: ${field}`);
    return kind === 'coming'
      ? { operator, value: { fromNowMs: ms } }
      : { operator: MIRRORED[operator], value: { fromNowMs: -ms } };
  }
  if (text.startsWith('-'))
    return { operator, value: { fromNowMs: -parseDuration(text.slice(1), `--where: ${field}`) } };
  const when = parseWhen(text, `--where: ${field}`);
  return { operator, value: 'at' in when ? when : { fromNowMs: when.inMs } };
}
