// The ids of many jobs, kept and told as ranges where numbers follow each other.

export class IdRanges {
  #parts: (string | { first: number; last: number })[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param number is the id, unless the user gave one */
  add(id: string, number: number): void {
    this.#count += 1;
    const before = this.#parts.at(-1);
    if (id !== String(number)) this.#parts.push(id);
    else if (typeof before === 'object' && before.last + 1 === number) before.last = number;
    else this.#parts.push({ first: number, last: number });
  }

  /** `3-7` for numbers that follow each other, as commands take them. */
  texts(): string[] {
    return this.#parts.map((part) => {
      if (typeof part === 'string') return part;
      return part.first === part.last ? String(part.first) : `${part.first}-${part.last}`;
    });
  }

  /** One by one, in the order in which they were added. */
  *[Symbol.iterator](): Generator<string> {
    for (const part of this.#parts) {
      if (typeof part === 'string') yield part;
      else for (let number = part.first; number <= part.last; number++) yield String(number);
    }
  }
}
