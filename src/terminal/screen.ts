// What a view may use: how many columns there are, and whether colours are wanted.
import { styleText } from 'node:util';

export interface Screen {
  /** Infinity where nothing has to fit: in a pipe or a file. */
  columns: number;
  colours: boolean;
}

export type Style = Parameters<typeof styleText>[0];

export const PLAIN: Screen = { columns: Number.POSITIVE_INFINITY, colours: false };

interface Stream {
  isTTY?: boolean;
  columns?: number;
}

/** NO_COLOR and TERM=dumb are respected. */
export function screenOf(stream: Stream, env: NodeJS.ProcessEnv): Screen {
  if (!stream.isTTY) return PLAIN;
  return { columns: Math.max(1, stream.columns || 80), colours: !env.NO_COLOR && env.TERM !== 'dumb' };
}

export function paint(style: Style | undefined, text: string, screen: Screen): string {
  return screen.colours && style !== undefined && text !== ''
    ? styleText(style, text, { validateStream: false })
    : text;
}
