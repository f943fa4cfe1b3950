import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Catalogues } from '@app/language';
import { formErrors } from './form-errors.js';
import { Views } from './views.js';

const folder = mkdtempSync(join(tmpdir(), 'views-'));
mkdirSync(join(folder, 'views'));
writeFileSync(
  join(folder, 'views', 'sample.njk'),
  `{% extends "layout.njk" %}
{% from "forms.njk" import hidden, honeypot, text, textarea, radios, checkboxes, select, dateInput, submit with context %}
{% from "parts.njk" import tag, summaryList, taskList, timeline, dataTable, numbers, pagination, panel, inset, warning, button, startButton, backLink, notification, navigation with context %}
{% block title %}{{ it.name }}{% endblock %}
{% block back %}{{ backLink('/x') }}{% endblock %}
{% block content %}
{{ hidden('csrf', csrf) }}{{ honeypot() }}
{{ text({ name: 'givenName', label: it.name, hint: it.name, asHeading: true }) }}
{{ textarea({ name: 'note', label: 'Note' }) }}
{{ radios({ name: 'language', legend: 'Language', items: [{ value: 'en', text: 'English' }, { value: 'cy', text: it.name }] }) }}
{{ checkboxes({ name: 'availability.slots', legend: 'When', items: [{ value: 'a', text: 'A' }, { value: 'ab', text: 'AB' }] }) }}
{{ select({ name: 'role', label: 'Role', items: [{ value: 'x', text: it.name }] }) }}
{{ dateInput({ name: 'dateOfBirth', legend: 'Date of birth', birthday: true }) }}
{{ submit('Continue') }}
{{ tag(it.name, 'red') }}{{ summaryList([{ key: 'Name', value: it.name, href: '/edit', action: 'Change' }]) }}
{{ taskList([{ title: it.name, href: '/t', status: { text: 'Done' } }, { title: 'B', status: { text: 'Waiting', colour: 'blue' } }]) }}
{{ timeline([{ at: '2026-11-26T14:00:00Z', text: it.name }]) }}
{{ dataTable({ caption: 'Rows', head: ['A', { text: 'N', numeric: true }], rows: [[{ text: it.name, href: '/r' }, { text: 0, numeric: true }]], empty: 'None' }) }}
{{ dataTable({ caption: 'Rows', head: [], rows: [], empty: 'Nothing here' }) }}
{{ numbers([{ label: 'Open', value: 0 }]) }}{{ pagination('cursor/+') }}{{ panel('Done', it.name) }}{{ inset(it.name) }}{{ warning(it.name) }}
{{ button('Go', '/go') }}{{ startButton('Start', '/s') }}{{ notification(it.name) }}{{ navigation([{ text: 'Here', href: '/here' }, { text: 'There', href: '/there' }]) }}
{% endblock %}`,
);
const views = new Views(Catalogues.load([new URL('../locales/', import.meta.url)]));
const show = (
  it: object,
  more: { errors?: ReturnType<typeof formErrors>; values?: Record<string, unknown>; language?: 'en' | 'cy' } = {},
): string =>
  views.render(pathToFileURL(`${join(folder, 'views')}/`), 'sample', {
    it,
    language: 'en',
    request: { url: '/here?lang=en', csrf: 'tok"en' },
    ...more,
  });

const HOSTILE = '{{7*7}}<img src=x onerror=alert(1)>"\'&';

describe('a page', () => {
  test('shows hostile text literally in every macro and in the title', () => {
    const html = show({ name: HOSTILE }, { values: { givenName: HOSTILE, note: HOSTILE } });
    expect(html).not.toContain('<img src=x');
    expect(html).not.toMatch(/>\s*49<img/);
    expect(html.split('{{7*7}}&lt;img').length - 1).toBeGreaterThanOrEqual(16);
  });

  test('carries nothing inline that a strict policy would refuse', () => {
    const html = show({ name: 'Ann' });
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|javascript:/);
    expect(html).toContain('value="tok&quot;en"');
  });

  test('does not wear the crest, the name or the face of GOV.UK', () => {
    expect(show({ name: 'Ann' })).not.toMatch(/GOV\.UK|crest|crown|Transport/i);
  });

  test('offers the other language and says which one it speaks', () => {
    expect(show({ name: 'Ann' })).toContain('href="/here?lang=cy"');
    const welsh = show({ name: 'Ann' }, { language: 'cy' });
    expect(welsh).toContain('<html lang="cy"');
    expect(welsh).toContain('href="/here?lang=en"');
    expect(welsh).toContain('dydd Iau 26 Tachwedd am 2yp');
  });

  test('after bad input it sums up the errors, leads to each control and keeps what was typed', () => {
    const errors = formErrors({
      invalidParams: [
        { pointer: '/givenName', code: 'required', message: 'Enter a name' },
        { pointer: '/availability/slots/3', code: 'not-one-of', message: 'Choose a time' },
        { pointer: '/availability/slots/4', code: 'not-one-of', message: 'Choose another time' },
        { pointer: '/dateOfBirth', code: 'malformed', message: 'Enter a real date' },
      ],
    });
    const html = show(
      { name: 'Ann' },
      { errors, values: { note: 'typed', language: 'cy', 'availability.slots': ['ab'], dateOfBirth: '2001-02-3' } },
    );
    expect(html).toContain('<title>Error: Ann');
    for (const id of ['givenName', 'availability-slots', 'dateOfBirth']) {
      expect(html).toContain(`href="#${id}"`);
      expect(html.split(`id="${id}"`)).toHaveLength(2);
    }
    expect(html).not.toContain('Choose another time');
    expect(html).toContain('>typed</textarea>');
    expect(html).toMatch(/value="cy" checked/);
    expect(html).toMatch(/value="ab" checked/);
    expect(html).not.toMatch(/value="a" checked/);
    expect(html).toMatch(/name="dateOfBirth-year"[^>]*value="2001"/);
  });

  test('no two elements share an id', () => {
    const ids = [...show({ name: 'Ann' }).matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
