// The policy of jobs that name none, from the settings of the moment.
import type { Policy } from '../job/lifecycle.js';
import type { Settings } from '../settings.js';

export function defaultPolicy(settings: Settings): Policy {
  return {
    maxRetries: settings.max_retries,
    maxCrashes: settings.max_crashes,
    backoff: {
      base: settings.backoff_base,
      maxMs: settings.backoff_max_sec * 1000,
      jitter: settings.backoff_jitter,
    },
  };
}
