// What stands for a line in the words of a command.
import { expect, test } from 'vitest';
import { fillWords } from '../../src/job/placeholders.js';

test.each([
  ['{}', 'a/b.tar.gz', 'a/b.tar.gz'],
  ['{.}', 'a/b.tar.gz', 'a/b.tar'],
  ['{/}', 'a/b.tar.gz', 'b.tar.gz'],
  ['{//}', 'a/b.tar.gz', 'a'],
  ['{/.}', 'a/b.tar.gz', 'b.tar'],
  ['{#}', 'a/b.tar.gz', '7'],
  ['{.}', 'a.d/b', 'a.d/b'],
  ['{.}', 'a/.hidden', 'a/.hidden'],
  ['{//}', 'b', '.'],
  ['{//}', '/b', '/'],
  ['out/{/.}-{#}.png', '/in/x y.jpg', 'out/x y-7.png'],
  ['{?}', 'x', '{?}'],
])('%s of %s', (word, line, filled) => {
  expect(fillWords(['cmd', word, '{}'], line, 7)).toEqual(['cmd', filled, line]);
});

test('without a placeholder the line is the last argument', () => {
  expect(fillWords(['wc', '-l'], 'a b', 1)).toEqual(['wc', '-l', 'a b']);
  expect(fillWords(['echo', '{#}'], 'a', 3)).toEqual(['echo', '3']);
});

test('what a line holds is never taken for a placeholder, nor for a pattern', () => {
  expect(fillWords(['{}', '{.}'], '$& {#}.$1', 2)).toEqual(['$& {#}.$1', '$& {#}']);
});
