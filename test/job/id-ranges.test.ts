// Ids of many jobs, told as ranges.
import { expect, test } from 'vitest';
import { IdRanges } from '../../src/job/id-ranges.js';

test('numbers that follow each other are one range, and names stand alone', () => {
  const ids = new IdRanges();
  for (const number of [3, 4, 5, 9]) ids.add(String(number), number);
  ids.add('report', 10);
  ids.add('11', 11);
  expect(ids.texts()).toEqual(['3-5', '9', 'report', '11']);
  expect([...ids]).toEqual(['3', '4', '5', '9', 'report', '11']);
  expect(ids.count).toBe(6);
});
