import { z } from 'zod';
import { StaffRole } from './caller.js';

/** Who may act, as coordination knows it; every app polls it. */
export const AccessListData = z.object({
  members: z.array(
    z.object({
      issuer: z.string(),
      subject: z.string(),
      memberId: z.uuid(),
      forumId: z.uuid(),
      organisationId: z.uuid(),
      roles: z.array(StaffRole),
    }),
  ),
  endedSessions: z.array(z.object({ sessionId: z.string(), until: z.iso.datetime() })),
  partnerKeys: z.array(
    z.object({
      /** SHA-256 of the key, in hex. */
      keyHash: z.string().regex(/^[0-9a-f]{64}$/),
      keyId: z.string(),
      forumId: z.uuid(),
      organisationId: z.uuid(),
      activationIds: z.array(z.uuid()),
      scopes: z.array(z.string()),
      perMinute: z.number().positive(),
    }),
  ),
});
export type AccessListData = z.infer<typeof AccessListData>;
export type Membership = AccessListData['members'][number];
export type PartnerKey = AccessListData['partnerKeys'][number];

/** Coordination provides it; when an app has one, boot serves it to the others and reads it itself. */
export abstract class AccessListSource {
  abstract current(): Promise<AccessListData>;
}
