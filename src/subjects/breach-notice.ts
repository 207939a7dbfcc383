/** The text of a notice after a breach at a partner, in each language that there is: `words/breach-notice.*.ts`. */
import type { BreachFacts } from './breach-facts.ts'
import { BREACH_NOTICE_EN } from './words/breach-notice.en.ts'
import { BREACH_NOTICE_ES } from './words/breach-notice.es.ts'

/** Language → text. What only the company knows stands in square brackets. */
export function breachNotice(facts: BreachFacts): Readonly<Record<'en' | 'es', string>> {
  return { en: BREACH_NOTICE_EN(facts), es: BREACH_NOTICE_ES(facts) }
}
