/**
 * The frame of a user's own pages: head, language, contact; plain HTML without scripts, and headers that keep it
 * private.
 */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Policy } from '../../model/contract.ts'
import { type Html, html, NOTHING } from '../public-list/html.ts'
import { STYLE } from '../public-list/style.ts'
import { dayIn, fill, LANGUAGES, type Language } from './language.ts'
import { PERSON_STYLE } from './style.ts'

const ALL_STYLE = STYLE + PERSON_STYLE
/** `Content-Security-Policy` of these pages. */
export const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(ALL_STYLE).digest('base64')}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`

export interface Page {
  readonly title: string
  readonly body: Html
  /** The same page in another language; undefined for the answer to a form. */
  readonly path?: string
  /** The same content for programs. If present, anyone may read the page and search engines may list it. */
  readonly json?: string
  /** Default 200. */
  readonly status?: number
}

/** The contact, as a link if it is an address, in place of `{contact}` in a text. */
export function withContact({ texts }: Language, text: string, policy: Policy): Html {
  const contact = policy.contact ?? texts.noContact
  const [before = '', after = ''] = text.split('{contact}')
  const link = /^[^\s@]+@[^\s@]+$/u.test(contact) ? html`<a href="mailto:${contact}">${contact}</a>` : html`${contact}`
  return html`${before}${link}${after}`
}

export function renderPage(language: Language, policy: Policy, { title, body, path, json }: Page): string {
  const { texts, code, dir } = language
  const date = fill(texts.policy, { date: dayIn(language, policy.date) })
  return html`<!doctype html>
<html lang="${code}" dir="${dir}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">${
    json === undefined
      ? html`<meta name="robots" content="noindex">`
      : html`<link rel="alternate" type="application/json" href="${json}">`
  }<title>${title}</title><style>${{ markup: ALL_STYLE }}</style></head>
<body><a class="skip" href="#content">${texts.skip}</a>
<header>${path === undefined ? NOTHING : languageLinks(language, path)}<h1>${title}</h1></header>
<main id="content">${body}</main>
<footer>${json === undefined ? NOTHING : html`<p class="soft">${texts.machines} <a href="${json}">${json}</a></p>`}<p class="soft">${policy.privacyPolicy === undefined ? html`${date}` : html`<a href="${policy.privacyPolicy}" rel="noreferrer">${date}</a>`}. ${withContact(language, texts.contact, policy)}</p></footer></body></html>
`.markup
}

function languageLinks({ code, texts }: Language, path: string): Html {
  return html`<nav aria-label="${texts.languages}"><ul>${LANGUAGES.map((one) =>
    one.code === code
      ? html`<li><span lang="${one.code}" aria-current="true">${one.name}</span></li>`
      : html`<li><a href="${path}?lang=${one.code}" lang="${one.code}" hreflang="${one.code}">${one.name}</a></li>`,
  )}</ul></nav>`
}

/** Not cached, not framed, no referrer. */
export function sendPage(response: ServerResponse, language: Language, policy: Policy, page: Page): void {
  response.statusCode = page.status ?? 200
  setPrivate(response)
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.setHeader('Content-Language', language.code)
  response.setHeader('Content-Security-Policy', POLICY)
  response.end(renderPage(language, policy, page))
}

export function setPrivate(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
}

/** After a form: redirects, so that going back or reloading sends nothing twice. */
export function seeOther(response: ServerResponse, path: string, { code }: Language): void {
  response.statusCode = 303
  setPrivate(response)
  response.setHeader('Location', `${path}${path.includes('?') ? '&' : '?'}lang=${code}`)
  response.end()
}
