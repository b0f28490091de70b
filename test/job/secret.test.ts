// Variables whose values are not shown.
import { expect, test } from 'vitest';
import { masked, maskedAll } from '../../src/job/secret.js';

test.each([
  ['GITHUB_TOKEN', 'abc'],
  ['github_token', 'abc'],
  ['TOKENS', 'abc'],
  ['CLIENT_SECRET_ID', 'abc'],
  ['PGPASSWORD', 'abc'],
  ['DB_PASS', 'abc'],
  ['Passphrase', 'abc'],
  ['AWS_ACCESS_KEY', 'abc'],
  ['stripe_key', 'abc'],
  ['GOOGLE_APPLICATION_CREDENTIALS', '/a/b.json'],
  ['BASIC_AUTH', 'abc'],
  ['AUTHORIZATION', 'Bearer abc'],
  ['GITLAB_PAT', 'abc'],
  ['API_TOKEN', 'two\nlines'],
  ['DATABASE_URL', 'postgres://me:word@db.example/app'],
  ['DATABASE_URL', 'postgres://me:wo/rd@db.example/app'],
  ['DATABASE_URL', 'postgres://me:w@rd@db.example/app'],
  ['CACHE', 'redis://:word@cache:6379/0'],
  ['ORIGIN', 'https://me@git.example/a.git'],
  ['OPTIONS', '--a 1 --url=HTTPS://me:word@x.example --b'],
])('the value of %s is a secret: %j', (name, value) => {
  expect(masked(name, value)).toBe('***');
});

test.each([
  ['PATH', '/usr/bin'],
  ['KEYBOARD', 'de'],
  ['KEY_ID', '7'],
  ['PATTERN', 'a*'],
  ['HTTP_PATH', '/a'],
  ['MAIL', 'me@mail.example'],
  ['URL', 'https://www.example/a?mail=me@mail.example'],
  ['URL', 'http://localhost:8080/@scope/name'],
  ['URL', 'https://packages.example/@scope/name'],
  ['API_TOKEN', ''],
])('the value of %s is shown: %j', (name, value) => {
  expect(masked(name, value)).toBe(value);
});

test('all variables keep their names and order', () => {
  expect(maskedAll({ B: '1', A_TOKEN: '2', A: '3' })).toEqual({ B: '1', A_TOKEN: '***', A: '3' });
});
