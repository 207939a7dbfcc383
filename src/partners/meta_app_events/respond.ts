/** The Graph API answers alike whatever it is asked. */
export { respondAsMeta as respond } from '../meta-answer.ts'
