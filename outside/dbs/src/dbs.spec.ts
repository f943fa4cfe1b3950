import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { XMLParser } from 'fast-xml-parser';
import { serve, type Served } from '../../wire/src/index.js';
import { dbsRoutes } from './api.js';

let web: Served;
beforeAll(async () => {
  web = await serve({
    port: 0,
    host: '127.0.0.1',
    routes: dbsRoutes,
    dialect: { error: () => ({ status: 500 }), tooMany: () => ({ status: 429 }), wrongShape: () => ({ status: 200 }) },
  });
});
afterAll(() => web.close());

const QUERY = {
  dateOfBirth: '14/02/1979',
  surname: 'Whitworth',
  hasAgreedTermsAndConditions: 'true',
  organisationName: 'Action Together, Oldham',
  employeeSurname: 'Officer',
  employeeForename: 'Vetting',
};
const ask = (certificate: string, over: Record<string, string> = {}) =>
  fetch(`${web.url}/crsc/api/status/${certificate}?${new URLSearchParams({ ...QUERY, ...over }).toString()}`);
const result = async (certificate: string, over: Record<string, string> = {}): Promise<any> => {
  const response = await ask(certificate, over);
  expect(response.headers.get('content-type')).toContain('xml');
  return new XMLParser({ ignoreAttributes: true, parseTagValue: false }).parse(await response.text()).statusCheckResult;
};

test('the four answers', async () => {
  expect(await result('001234567890', { surname: "O'Neill & Sons" })).toEqual({
    statusCheckResultType: 'SUCCESS',
    status: 'BLANK_NO_NEW_INFO',
    forename: 'SAM',
    surname: "O'NEILL & SONS",
    printDate: '2025-01-15',
  });
  expect((await result('002234567890')).status).toBe('NON_BLANK_NO_NEW_INFO');
  expect((await result('003234567890')).status).toBe('NEW_INFO');
  expect(await result('900000000000')).toEqual({ statusCheckResultType: 'SUCCESS', status: 'NO_MATCH_FOUND' });
});

test("somebody's certificate fits only them", async () => {
  expect((await result('001000000001')).forename).toBe('NADIA');
  expect((await result('001000000001', { surname: ' whitworth ' })).status).toBe('BLANK_NO_NEW_INFO');
  expect((await result('001000000001', { surname: 'Other' })).status).toBe('NO_MATCH_FOUND');
  expect((await result('001000000001', { dateOfBirth: '15/02/1979' })).status).toBe('NO_MATCH_FOUND');
});

test.each([
  ['12345', {}],
  ['00123456789x', {}],
  ['001234567890', { dateOfBirth: '1979-02-14' }],
  ['001234567890', { dateOfBirth: '31/02/1979' }],
  ['001234567890', { dateOfBirth: '01/01/2020' }],
  ['001234567890', { hasAgreedTermsAndConditions: 'false' }],
  ['001234567890', { organisationName: '' }],
])('%s with %o is refused', async (certificate, over) => {
  expect((await ask(certificate, over as Record<string, string>)).status).toBe(400);
});
