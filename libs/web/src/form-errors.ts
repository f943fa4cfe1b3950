import type { InvalidParam } from '@app/http';

export interface FieldError extends InvalidParam {
  /** Name of the form control, `availability.slots`. */
  readonly name: string;
  /** Where the error summary leads. */
  readonly href: string;
}

/** `/availability/slots/0` is the control `availability.slots`. */
const nameOf = (pointer: string): string =>
  pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .filter((part, index) => index === 0 || !/^[0-9]+$/.test(part))
    .join('.');

/** The id that the macros give a control. */
export const idOf = (name: string): string => name.replaceAll('.', '-');

/** What the error summary and the controls show; one message a control, the first. */
export const formErrors = (of: { invalidParams?: readonly InvalidParam[] | undefined }): FieldError[] => {
  const found = new Map<string, FieldError>();
  for (const param of of.invalidParams ?? []) {
    const name = nameOf(param.pointer);
    if (!found.has(name)) found.set(name, { ...param, name, href: `#${idOf(name)}` });
  }
  return [...found.values()];
};
