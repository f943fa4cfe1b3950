import type { ActivationState, IntakeMode } from '@app/contracts';

export interface ModeSetting {
  readonly mode: IntakeMode;
  readonly until: Date | null;
}

const STRICTNESS: Readonly<Record<IntakeMode, number>> = { open: 0, capped: 1, 'interest-only': 2 };

/** A lever that ran out stands no longer. */
export const standing = (setting: ModeSetting, now: Date): IntakeMode =>
  setting.until !== null && setting.until <= now ? 'open' : setting.mode;

const stricter = (a: IntakeMode, b: IntakeMode): IntakeMode => (STRICTNESS[a] >= STRICTNESS[b] ? a : b);

/**
 * How the door stands for this person. Never closed: a full role counts only if every chosen role is full, and an
 * activation that ends still registers interest.
 */
export const modeFor = (
  activation: { readonly state: ActivationState; readonly setting: ModeSetting },
  chosen: readonly ModeSetting[],
  now: Date,
): IntakeMode => {
  const ending = activation.state === 'standing-down' || activation.state === 'recovery';
  const whole = ending ? 'interest-only' : standing(activation.setting, now);
  if (chosen.length === 0) return whole;
  const easiest = chosen.map((role) => standing(role, now)).reduce((a, b) => (STRICTNESS[a] <= STRICTNESS[b] ? a : b));
  return stricter(whole, easiest);
};

/** Which words the receipt uses; in standby no task exists yet, and the receipt says so. */
export type ReceiptWords = IntakeMode | 'standby';
export const receiptWords = (mode: IntakeMode, state: ActivationState): ReceiptWords =>
  mode === 'open' && (state === 'standby' || state === 'monitoring') ? 'standby' : mode;
