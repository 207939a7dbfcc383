/** Allowed destinations: https anywhere, http to this machine only. */

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** Why a URL is not an allowed destination; undefined if it is. Never repeats the URL. */
export function urlProblem(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'not an https URL'
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    return 'an http URL: only https may leave this machine (http is for localhost, 127.0.0.1 and [::1])'
  }
  if (url.username !== '' || url.password !== '') return 'a URL with a user name or password in it'
  return text.includes('#') ? 'a URL with a fragment (#), which is never sent' : undefined
}

/** True for an http origin on this machine, such as `http://127.0.0.1:9000`. */
export function isLoopbackOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.protocol === 'http:' && LOOPBACK.test(url.hostname) && url.origin === text
}
