// The queue on the full screen: reads it when it changes, draws it, and does what keys ask for, until it is left.
import { setTimeout as pause } from 'node:timers/promises';
import { doDeed } from './live-deed.js';
import { liveJobs } from './live-jobs.js';
import { Bell } from './queue/bell.js';
import { followOutput } from './queue/follow.js';
import { News } from './queue/news.js';
import type { Queue } from './queue/queue.js';
import { Canvas, ENTER, LEAVE } from './terminal/live/canvas.js';
import { frame, outputRoom } from './terminal/live/frame.js';
import { keysOf } from './terminal/live/keys.js';
import { OutputWindow } from './terminal/live/output-window.js';
import { BEGINNING, type Deed, type LiveState, press, type Shown, type Wish } from './terminal/live/state.js';
import { screenOf } from './terminal/screen.js';

/** What changes by itself is drawn as often as this. */
const DRAWS_APART_MS = 1000;
/** An output that is read is worth more. */
const OUTPUT_APART_MS = 250;

/** A shell reports a death by signal so. SIGINT is another way to say q. */
const EXIT_CODES = { SIGINT: 0, SIGTERM: 143, SIGHUP: 129 } as const;

export class LiveTerminal {
  #state: LiveState = BEGINNING;
  #shown: Shown | undefined;
  #trouble = '';
  #output = new OutputWindow();
  #opened = new AbortController();
  #outputDraw: NodeJS.Timeout | undefined;
  #entered = false;
  #left = false;
  readonly #canvas = new Canvas();
  readonly #bell = new Bell();
  readonly #out = process.stdout;
  readonly #in = process.stdin;

  constructor(private readonly queue: Queue) {}

  /** @returns the exit code; the terminal is as it was */
  async run(): Promise<number> {
    let exitCode = 0;
    const ends = Object.entries(EXIT_CODES).map(([signal, code]) => {
      const end = () => {
        exitCode = code;
        this.#stop();
      };
      process.on(signal, end);
      return () => process.off(signal, end);
    });
    const typed = (text: string) => this.#type(text);
    const stop = () => this.#stop();
    const resized = () => this.#redraw();
    const continued = () => this.#resume();
    const exit = () => this.#exit(); // an error that nobody caught
    process.on('exit', exit).on('SIGCONT', continued);
    this.#in.setEncoding('utf8').on('data', typed).on('end', stop).on('error', stop);
    this.#out.on('resize', resized);
    this.#enter();
    this.#draw();
    try {
      await this.#watch();
    } finally {
      this.#opened.abort();
      clearTimeout(this.#outputDraw);
      this.#exit();
      this.#in.off('data', typed).off('end', stop).pause();
      this.#out.off('resize', resized);
      process.off('exit', exit).off('SIGCONT', continued);
      for (const off of ends) off();
    }
    return exitCode;
  }

  async #watch(): Promise<void> {
    const news = new News(this.queue.database);
    let rest: Promise<void> | undefined;
    let hurry: Promise<void> | undefined;
    try {
      while (!this.#left) {
        await this.#look();
        this.#draw();
        rest ??= this.#rest(news).finally(() => {
          rest = undefined;
        });
        hurry ??= this.#bell.wait(Number.POSITIVE_INFINITY).then(() => {
          hurry = undefined;
        });
        await Promise.race([rest, hurry]);
      }
    } finally {
      news.close();
    }
  }

  /** Until there is news, but not before a second is over. */
  async #rest(news: News): Promise<void> {
    const begun = performance.now();
    await news.within(DRAWS_APART_MS).catch(() => {}); // the look will say it
    await pause(Math.max(0, DRAWS_APART_MS - (performance.now() - begun)));
  }

  async #look(): Promise<void> {
    try {
      this.queue.database.checkStillThere();
      const { order, where } = this.#state;
      const overview = await this.queue.overview();
      this.#shown = { overview, jobs: await liveJobs(this.queue, { order, where }) };
      this.#trouble = '';
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    this.#trouble = `trying again: ${error instanceof Error ? error.message : error}`;
  }

  #type(text: string): void {
    const page = outputRoom(this.#window().rows);
    for (const key of keysOf(text)) {
      const [state, wish] = press(this.#state, key, this.#shown, page);
      this.#state = state;
      if (wish) this.#grant(wish);
      if (this.#left) return;
    }
    // Not scrolled beyond the beginning, so that the way back is as short.
    const most = Math.max(0, this.#output.lines().length - page);
    this.#state = { ...this.#state, below: Math.min(this.#state.below, most) };
    this.#draw();
  }

  #grant(wish: Wish): void {
    if (wish.is === 'leave') this.#stop();
    if (wish.is === 'redraw') this.#redraw();
    if (wish.is === 'look') this.#bell.ring();
    if (wish.is === 'suspend') this.#suspend();
    if (wish.is === 'open') void this.#open(wish.job.number);
    if (wish.is === 'close') this.#opened.abort();
    if (wish.is === 'do') void this.#do(wish.deed);
  }

  async #do(deed: Deed): Promise<void> {
    const notice = await doDeed(this.queue, deed).catch((error: Error) => error.message);
    this.#state = { ...this.#state, notice };
    this.#draw();
    this.#bell.ring();
  }

  async #open(number: number): Promise<void> {
    this.#opened.abort();
    this.#opened = new AbortController();
    this.#output = new OutputWindow();
    const [{ signal }, output] = [this.#opened, this.#output];
    try {
      for await (const part of followOutput(this.queue, String(number), null, { stream: 1, lines: 1000 })) {
        if (signal.aborted) return;
        const before = output.lines().length;
        if ('note' in part) output.note(part.note);
        else output.push(part.output);
        const { below } = this.#state; // who has scrolled up goes on reading there
        if (below > 0) this.#state = { ...this.#state, below: below + output.lines().length - before };
        this.#outputDraw ??= setTimeout(() => {
          this.#outputDraw = undefined;
          this.#draw();
        }, OUTPUT_APART_MS);
      }
      if (!signal.aborted) output.note('end of the output');
    } catch (error) {
      output.note(error instanceof Error ? error.message : String(error));
    }
    if (!signal.aborted) this.#draw();
  }

  #window() {
    return { ...screenOf(this.#out, process.env), rows: Math.max(1, this.#out.rows || 24) };
  }

  #draw(): void {
    if (!this.#entered) return;
    const lines = frame(this.#state, this.#shown, this.#output.lines(), this.#trouble, this.#window());
    const text = this.#canvas.draw(lines);
    if (text !== '') this.#out.write(text);
  }

  #redraw(): void {
    if (this.#entered) this.#out.write(this.#canvas.clear());
    this.#draw();
  }

  /** The whole job of the shell rests, as it does for other programs. */
  #suspend(): void {
    this.#exit();
    process.kill(0, 'SIGTSTP');
    setTimeout(() => this.#resume(), 50); // where no shell can continue us nothing has stopped us
  }

  #resume(): void {
    if (this.#left) return;
    this.#exit();
    this.#enter();
    this.#redraw();
  }

  #enter(): void {
    this.#in.setRawMode(true);
    this.#entered = true;
    this.#out.write(ENTER);
    this.#in.resume();
  }

  #exit(): void {
    if (!this.#entered) return;
    this.#entered = false;
    try {
      this.#out.write(LEAVE);
      this.#in.setRawMode(false);
    } catch {
      // the terminal is gone
    }
  }

  #stop(): void {
    this.#left = true;
    this.#bell.ring();
  }
}
