/** The Graph API answers every endpoint alike. */
export { respondAsMeta as respond } from '../kit/meta-answer.ts'
