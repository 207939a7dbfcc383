/** The text of a breach notice, in each language of `words/breach-notice.*.ts`. */
import type { BreachFacts } from './breach-facts.ts'
import { BREACH_NOTICE_EN } from './words/breach-notice.en.ts'
import { BREACH_NOTICE_ES } from './words/breach-notice.es.ts'

/** Language → text, with square brackets where only the company knows the facts. */
export function breachNotice(facts: BreachFacts): Readonly<Record<'en' | 'es', string>> {
  return { en: BREACH_NOTICE_EN(facts), es: BREACH_NOTICE_ES(facts) }
}
