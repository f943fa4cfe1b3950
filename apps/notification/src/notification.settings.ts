import { z } from 'zod';

export const NotificationConfig = z.object({
  MUSTER_ENV: z.enum(['local', 'production']).default('production'),
  /** Where links in messages lead. */
  MUSTER_ORIGIN: z.url(),
  SECRETS_DIR: z.string().min(1),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }),
  /** The one published sender (H14). */
  MAIL_FROM: z.string().default('Muster <no-reply@muster.example>'),
  NOTIFY_URL: z.url({ protocol: /^https?$/ }).default('https://api.notifications.service.gov.uk'),
  /** Templates at GOV.UK Notify whose whole text is ours: `((body))`, and for letters `((subject))`. */
  NOTIFY_TEXT_TEMPLATE: z.uuid().default('5a1f0c5e-6f0e-4a52-9d0e-0d5b7d0a1001'),
  NOTIFY_LETTER_TEMPLATE: z.uuid().default('5a1f0c5e-6f0e-4a52-9d0e-0d5b7d0a1003'),
});
export type NotificationConfig = z.infer<typeof NotificationConfig>;
