/** Something the person at the keyboard can mend: shown as one sentence, without a stack. */
export class StackProblem extends Error {}

/** Whether these words of a program say that the disk is full. */
export const saysFull = (words: string): boolean => /no space left|ENOSPC/i.test(words);
