/** A notice to users affected by a breach, in English, with the content that GDPR Art. 34(2) and U.S. state laws require. */
import type { BreachFacts } from '../breach-facts.ts'

export const BREACH_NOTICE_EN = ({ name, from, to, contact }: BreachFacts): string =>
  `Notice of a data breach at ${name}

What happened. ${name}, a company to which we sent data of some of our users, has told us on [day] that [what happened, and when].

What data. Between ${from.slice(0, 10)} and ${to.slice(0, 10)} we sent ${name} the kinds of data that are listed below for you. [Which of it is affected, as far as
it is known.] We never send messages, contacts, photos or payment data to such companies.

What it may mean for you. [Likely consequences.]

What we have done. We have stopped sending data to ${name} since [time]. [Further measures, ours and theirs.]

What you can do. You can see everything that we sent about you, object, and have it deleted in the app's settings. [Further advice.]

Whom to ask. ${contact}. You may also complain to your data protection authority.`
