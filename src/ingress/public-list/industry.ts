/** Opt-out pages of the advertising industry that cover many companies at once. */
export const INDUSTRY = [
  { name: 'Network Advertising Initiative (NAI)', url: 'https://optout.networkadvertising.org/' },
  { name: 'Digital Advertising Alliance (DAA)', url: 'https://optout.aboutads.info/' },
  { name: 'European Interactive Digital Advertising Alliance (EDAA)', url: 'https://www.youronlinechoices.eu/' },
  { name: 'AppChoices, for apps', url: 'https://youradchoices.com/appchoices' },
] as const
