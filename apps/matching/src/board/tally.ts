import { inLine, type Member } from '../pool/member.js';

export interface TallyDelta {
  readonly activationId: string;
  readonly forumId: string;
  active: number;
  reserve: number;
  offered: number;
  assigned: number;
}

export interface LineDelta {
  readonly activationId: string;
  readonly roleCode: string;
  people: number;
}

export interface Change {
  readonly before: Member | null;
  readonly after: Member;
}

/** What the counts of activations, and of the lines for their roles, change by. */
export function deltasOf(changes: readonly Change[]): { tallies: TallyDelta[]; lines: LineDelta[] } {
  const tallies = new Map<string, TallyDelta>();
  const lines = new Map<string, LineDelta>();
  for (const { before, after } of changes) {
    const { activationId, forumId } = after;
    const tally = tallies.get(activationId) ?? {
      activationId,
      forumId,
      active: 0,
      reserve: 0,
      offered: 0,
      assigned: 0,
    };
    tallies.set(activationId, tally);
    tally.active += Number(after.pool === 'active') - Number(before?.pool === 'active');
    tally.reserve += Number(after.pool === 'reserve') - Number(before?.pool === 'reserve');
    tally.offered += after.openOffers - (before?.openOffers ?? 0);
    tally.assigned += after.assigned - (before?.assigned ?? 0);
    const count = (roles: readonly string[], by: number) => {
      for (const roleCode of roles) {
        const key = `${activationId} ${roleCode}`;
        const line = lines.get(key) ?? { activationId, roleCode, people: 0 };
        line.people += by;
        lines.set(key, line);
      }
    };
    if (before && inLine(before)) count(before.clearedRoles, -1);
    if (inLine(after)) count(after.clearedRoles, 1);
  }
  return {
    tallies: [...tallies.values()].filter(
      ({ active, reserve, offered, assigned }) => active || reserve || offered || assigned,
    ),
    lines: [...lines.values()].filter(({ people }) => people !== 0),
  };
}
