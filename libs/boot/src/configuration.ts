import { z } from 'zod';
import { AccessConfig } from '@app/access';
import { KafkaConfig } from '@app/kafka';
import { MessagingConfig } from '@app/messaging';
import { BootConfig } from './boot.config.js';
import type { AppDefinition } from './define-app.js';
import { readEnvironment, type Environment } from './environment.js';

export interface Configuration {
  readonly boot: BootConfig & AccessConfig & KafkaConfig;
  readonly messaging: MessagingConfig;
  /** The app's own part, injected as CONFIG together with the origin. */
  readonly app: Record<string, unknown>;
}

/** Reads the environment once, for boot, the libs and the app. */
export function configurationOf(app: AppDefinition, environment: Environment): Configuration {
  const required =
    app.name === 'coordination' ? z.object({}) : AccessConfig.pick({ COORDINATION_ADMIN_URL: true }).required();
  const all = readEnvironment<BootConfig & AccessConfig & KafkaConfig & MessagingConfig & Record<string, unknown>>(
    environment,
    [BootConfig, AccessConfig, required, KafkaConfig, MessagingConfig, app.config],
  );
  const own = Object.keys(app.config.shape).map((name) => [name, all[name]] as const);
  return {
    boot: all,
    messaging: { JOURNAL_DAYS: all.JOURNAL_DAYS, PARKS_PER_MINUTE: all.PARKS_PER_MINUTE },
    app: {
      MUSTER_ORIGIN: all.MUSTER_ORIGIN,
      MUSTER_ENV: all.MUSTER_ENV,
      SECRETS_DIR: all.SECRETS_DIR,
      ...Object.fromEntries(own),
    },
  };
}
