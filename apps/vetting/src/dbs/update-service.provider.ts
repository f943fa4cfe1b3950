import { z } from 'zod';
import { askProvider, NoAnswer } from '../checks/ask-provider.js';
import { DbsProvider, DbsStatus, type DbsAnswer, type DbsQuestion } from './dbs.provider.js';
import { parseXml } from './parse-xml.js';

const name = z.string().min(1).max(200);
const Result = z.object({
  statusCheckResult: z.object({
    statusCheckResultType: z.literal('SUCCESS'),
    status: z.enum(DbsStatus),
    forename: name.optional(),
    surname: name.optional(),
    /** A day, in some answers with a time behind it. */
    printDate: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}(T[\d:.+Z-]{4,20})?$/)
      .optional(),
  }),
});

/** Who asks, as the Update Service wants to know it. */
export interface DbsEmployer {
  readonly organisationName: string;
  readonly employeeForename: string;
  readonly employeeSurname: string;
}

const PROVIDER = 'dbs';

/** `GET /crsc/api/status/{12 digits}` with six query fields, answered in XML (DBS Update Service employer guide, bulk status checks). */
export class UpdateServiceProvider extends DbsProvider {
  constructor(
    private readonly baseUrl: string,
    private readonly employer: DbsEmployer,
    private readonly timeoutMs = 3_000,
  ) {
    super();
  }

  async status(question: DbsQuestion): Promise<DbsAnswer> {
    const [year, month, day] = question.dateOfBirth.split('-');
    const query = new URLSearchParams({
      dateOfBirth: `${day}/${month}/${year}`,
      surname: question.surname.toUpperCase(),
      hasAgreedTermsAndConditions: 'true',
      organisationName: this.employer.organisationName,
      employeeSurname: this.employer.employeeSurname,
      employeeForename: this.employer.employeeForename,
    });
    const { status, text } = await askProvider({
      provider: PROVIDER,
      url: `${this.baseUrl}/crsc/api/status/${question.certificateNumber}?${query.toString()}`,
      accept: 'application/xml',
      timeoutMs: this.timeoutMs,
    });
    if (status !== 200) throw new NoAnswer(PROVIDER, 'status', status);
    return understood(text);
  }
}

function understood(text: string): DbsAnswer {
  let xml: unknown;
  try {
    xml = parseXml(text);
  } catch {
    throw new NoAnswer(PROVIDER, 'unreadable');
  }
  const parsed = Result.safeParse(xml);
  if (!parsed.success) throw new NoAnswer(PROVIDER, 'unreadable');
  const { status, forename, surname, printDate } = parsed.data.statusCheckResult;
  if (status !== 'NO_MATCH_FOUND' && (!forename || !surname || !printDate)) throw new NoAnswer(PROVIDER, 'unreadable');
  return {
    status,
    forename: forename ?? null,
    surname: surname ?? null,
    printedOn: printDate?.slice(0, 10) ?? null,
  };
}
