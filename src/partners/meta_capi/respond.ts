/** The Graph API answers alike whatever it is asked. */
export { respondAsMeta as respond } from '../kit/meta-answer.ts'
