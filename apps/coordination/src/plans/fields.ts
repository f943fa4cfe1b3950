import { pointerOf, unprocessable, type Problem } from '@app/http';
import type { Fault } from './role.decider.js';

/** What a rulebook found wrong, by field. */
export const wrongFields = (faults: readonly Fault[]): Problem =>
  unprocessable(faults.map((fault) => ({ pointer: pointerOf(fault.path.map(String)), code: fault.code, message: '' })));
