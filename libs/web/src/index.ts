/**
 * Pages. A route that is also a page says so, and its view stands in `views/` beside it:
 *
 *     @Get('/s/:token') @Access({ person: true }) @Renders('status', import.meta.url)
 *     status(): Promise<StatusPage> { … }            // the returned object is the JSON, and `it` in views/status.njk
 *
 *     {% extends "layout.njk" %}
 *     {% from "parts.njk" import timeline with context %}
 *     {% block title %}{{ t('status.title') }}{% endblock %}
 *     {% block content %}<h1 class="govuk-heading-l">{{ t('status.title') }}</h1>{{ timeline(it.timeline) }}{% endblock %}
 *
 * A form posts, and is answered by `seeOther(url)` or by `page({ status: 422, view, it, errors, values })`.
 */
export { Renders } from './renders.js';
export { page, seeOther, Page, SeeOther, type PageFacts } from './answers.js';
export { formErrors, type FieldError } from './form-errors.js';
export { readForm, type FormShape } from './read-form.js';
export { HtmlProblemPage } from './html-problem-page.js';
export { Views, type Shown } from './views.js';
export { serveAssets, asset } from './assets.js';
export { languageSwitch } from './language-switch.js';
/** Words of the layout; boot loads them for every app. */
export const webLocales = new URL('../locales/', import.meta.url);
