/** Pages as a browser without script asks for them: cookies kept, forms sent with what they hold. */
import { request } from 'undici'
import { WRITE_KEY } from './config-folder.ts'

export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}
type Headers = Readonly<Record<string, string>>

export interface Visitor {
  get(path: string, headers?: Headers): Promise<Got>
  post(path: string, fields: Readonly<Record<string, string>>, headers?: Headers): Promise<Got>
  /** The cookie as it would be sent; `''` for none. */
  cookie(): string
}

export function visitor(origin: string): Visitor {
  let cookie = ''
  const ask = async (method: 'GET' | 'POST', path: string, headers: Headers, body?: string): Promise<Got> => {
    const answered = await request(`${origin}${path}`, {
      method,
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const set = answered.headers['set-cookie']
    const first = Array.isArray(set) ? set[0] : set
    if (first !== undefined) cookie = first.includes('Max-Age=0') ? '' : (first.split(';', 1)[0] ?? '')
    return { status: answered.statusCode, headers: answered.headers, text: await answered.body.text() }
  }
  return {
    get: (path, headers = {}) => ask('GET', path, headers),
    post: (path, fields, headers = {}) =>
      ask(
        'POST',
        path,
        { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        new URLSearchParams(fields).toString(),
      ),
    cookie: () => cookie,
  }
}

/** The value of a page's unseen field. */
export function hidden(text: string, name: string): string {
  const found = new RegExp(`name="${name}" value="([^"]*)"`, 'u').exec(text)?.[1]
  if (found === undefined) throw new Error(`the page has no field ${name}`)
  return found
}

/** What an app posts to open the page without an account. */
export function fromApp(identities: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { writeKey: WRITE_KEY, ...identities }
}
