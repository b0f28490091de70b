// What PostgreSQL and its driver report, as errors that tell the user what is wrong and what to do next.
import {
  BadInput,
  CannotCreate,
  DatabaseBusy,
  QueuectlError,
  RolledBack,
  SchemaMismatch,
  StorageFault,
} from '../errors.js';

/** The server is gone, or away for a moment. Nothing that was not committed has happened. */
export class ConnectionLost extends StorageFault {}

/** Whether the same may work a moment later. */
export function isTransient(error: unknown): boolean {
  return error instanceof ConnectionLost || error instanceof RolledBack;
}

/** What the driver says without a code when its connection breaks or does not answer. */
const BROKEN = /connection terminated|connection error|not queryable|timeout|socket/i;
/** The server shuts down, starts up, has crashed, waited too long for us, has no connection left; and what the network says. */
const AWAY =
  /^(57P0[123]|25P0[34]|08...|53300|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EAI_AGAIN|ENOENT)$/;

/**
 * @param waitedMs how long the server waits for a lock before it gives up
 * @returns the same error when it is ours, a unique violation (its caller knows what it means) or a bug
 */
export function postgresError(error: unknown, location: string, waitedMs = 0): unknown {
  if (error instanceof QueuectlError || !(error instanceof Error)) return error;
  const code = String((error as { code?: unknown }).code ?? '');
  const said = error.message || code;
  if (code === '40001' || code === '40P01') return new RolledBack(error);
  if (AWAY.test(code) || (code === '' && BROKEN.test(said))) {
    return new ConnectionLost(`cannot reach PostgreSQL at ${location}: ${said}`, ['is the server running?'], error);
  }
  if (code === 'ENOTFOUND') {
    return new StorageFault(`cannot find the host of ${location}: ${said}`, ['check the host in the URL'], error);
  }
  if (code === '57014' || code === '55P03') return new DatabaseBusy(waitedMs, error);
  if (code.startsWith('28') || /SASL|password/i.test(said)) {
    return new BadInput(`PostgreSQL at ${location} refuses the login: ${said}`, [
      'check user and password in the URL, PGPASSWORD or ~/.pgpass',
    ]);
  }
  if (code === '3D000') {
    return new SchemaMismatch(`${location}: ${said}`, ['createdb makes it; then: queuectl db init']);
  }
  if (code === '3F000' || code === '42P01') {
    return new SchemaMismatch(`there is no queue in ${location} yet`, ['queuectl db init']);
  }
  if (code === '42501' || code === '25006') {
    return new CannotCreate(`PostgreSQL at ${location} does not allow this: ${said}`, ['ask the owner of the schema']);
  }
  if (code.startsWith('53') || code.startsWith('58') || code.startsWith('XX')) {
    return new StorageFault(`PostgreSQL at ${location} reports: ${said}`, ['its own log says more'], error);
  }
  if (/SSL|certificate|TLS/i.test(said) || code.startsWith('ERR_TLS') || /CERT/.test(code)) {
    return new StorageFault(`no secure connection to ${location}: ${said}`, ['check sslmode in the URL'], error);
  }
  return error;
}
