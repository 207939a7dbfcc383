/** The gateway cannot start: the message lists everything that is wrong and what to do. */
export class StartRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StartRefused'
  }
}
