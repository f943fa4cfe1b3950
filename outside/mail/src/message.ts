/** What of a message is held in memory; the message itself stays on disk. */
export interface Kept {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly messageId: string;
  readonly subject: string;
  readonly receivedAt: string;
}

/** One line of the ledger: raw bytes as Latin-1 text, so that nothing of what arrived is lost. */
export interface Line extends Kept {
  readonly raw: string;
}

/** The unfolded value of a header of the raw message; a scan of the head only, a full parse waits until somebody reads. */
export const headerOf = (raw: Buffer, name: string): string => {
  const end = raw.indexOf('\r\n\r\n');
  const head = raw.toString('latin1', 0, end < 0 ? raw.length : end);
  const found = new RegExp(`(?:^|\\r\\n)${name}:([^\\r\\n]*(?:\\r\\n[ \\t][^\\r\\n]*)*)`, 'i').exec(head);
  return found ? found[1]!.replace(/\r\n(?=[ \t])/g, '').trim() : '';
};
