import type { Answer, Request, Route } from '../../wire/src/index.js';
import { lookUp, type Found } from './certificate.js';

const XML = { 'content-type': 'application/xml; charset=utf-8' };

const inXml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' })[c]!);

const result = (found: Found | null): string =>
  found
    ? `<statusCheckResult><statusCheckResultType>SUCCESS</statusCheckResultType><status>${found.status}</status><forename>${inXml(found.forename)}</forename><surname>${inXml(found.surname)}</surname><printDate class="sql-date">${found.printDate}</printDate></statusCheckResult>`
    : '<statusCheckResult><statusCheckResultType>SUCCESS</statusCheckResultType><status>NO_MATCH_FOUND</status></statusCheckResult>';

const refused = (reasons: readonly string[]): Answer => ({
  status: 400,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${reasons.join('\n')}\n`,
});

const FIELDS = [
  'dateOfBirth',
  'surname',
  'hasAgreedTermsAndConditions',
  'organisationName',
  'employeeSurname',
  'employeeForename',
] as const;

const MINIMUM_AGE = 16;

const birthWrong = (text: string, now: Date): string | null => {
  const [, day, month, year] = (/^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text) ?? []).map(Number);
  if (!day || !month || !year) return 'dateOfBirth must be DD/MM/YYYY';
  const at = new Date(Date.UTC(year, month - 1, day));
  if (at.getUTCDate() !== day || at.getUTCMonth() !== month - 1) return 'dateOfBirth is not a day';
  if (year < 1900 || year > now.getUTCFullYear() - MINIMUM_AGE) return 'dateOfBirth is out of range';
  return null;
};

const check = ({ params, query }: Request): Answer => {
  const certificateNumber = params.certificateNumber!;
  const wrong: string[] = [];
  if (!/^\d{12}$/.test(certificateNumber)) wrong.push('the certificate number must have 12 digits');
  for (const name of FIELDS) if (!query.get(name)?.trim()) wrong.push(`${name} is required`);
  const dateOfBirth = query.get('dateOfBirth') ?? '';
  if (dateOfBirth) {
    const reason = birthWrong(dateOfBirth, new Date());
    if (reason) wrong.push(reason);
  }
  const agreed = query.get('hasAgreedTermsAndConditions');
  if (agreed && agreed !== 'true') wrong.push('hasAgreedTermsAndConditions must be true');
  if (wrong.length > 0) return refused(wrong);
  const found = lookUp({ certificateNumber, dateOfBirth, surname: query.get('surname')! });
  return { status: 200, headers: XML, body: `<?xml version="1.0" encoding="UTF-8"?>${result(found)}` };
};

export const dbsRoutes: readonly Route[] = [
  { method: 'GET', path: '/crsc/api/status/:certificateNumber', provider: true, answer: check },
];
