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
  endedSessions: z.array(z.object({ sessionId: z.string(), until: z.iso.datetime({ offset: true }) })),
  partnerKeys: z.array(
    z.object({
      /** SHA-256 of the key, in hex. */
      keyHash: z.string().regex(/^[0-9a-f]{64}$/),
      keyId: z.string(),
      forumId: z.uuid(),
      organisationId: z.uuid(),
      /** Empty: all activations of the forum. */
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

/** The list as this app last heard it. Before the first answer nobody but the public may enter. */
export class AccessList {
  private members = new Map<string, Membership[]>();
  private ended = new Set<string>();
  private keys = new Map<string, PartnerKey>();
  private heardAt: Date | null = null;

  take(list: AccessListData, at: Date): void {
    const members = new Map<string, Membership[]>();
    for (const member of list.members) {
      const of = `${member.issuer}|${member.subject}`;
      members.set(of, [...(members.get(of) ?? []), member]);
    }
    this.members = members;
    this.ended = new Set(list.endedSessions.map((one) => one.sessionId));
    this.keys = new Map(list.partnerKeys.map((key) => [key.keyHash, key]));
    this.heardAt = at;
  }

  get lastHeard(): Date | null {
    return this.heardAt;
  }

  /** An installation that nobody has set up yet. */
  get isEmpty(): boolean {
    return this.members.size === 0 && this.keys.size === 0;
  }

  membershipsOf(issuer: string, subject: string): readonly Membership[] {
    return this.members.get(`${issuer}|${subject}`) ?? [];
  }

  /** The forums of this installation but this one, as far as anybody is a member of them. */
  forumsBeside(forumId: string): string[] {
    const all = [...this.members.values()].flat().map((member) => member.forumId);
    return [...new Set(all)].filter((one) => one !== forumId);
  }

  hasEnded(sessionId: string): boolean {
    return this.ended.has(sessionId);
  }

  keyOf(hash: string): PartnerKey | null {
    return this.keys.get(hash) ?? null;
  }
}
