/**
 * nginx, as the yardstick of the relay: one process that answers 204, and one that edits the JSON of what it hands on with
 * Lua and keeps nothing. Debian's packages nginx, libnginx-mod-http-lua and lua-cjson.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { request } from 'undici'
import { until } from '../../test/support/until.ts'

const NGINX = '/usr/sbin/nginx'
const MODULES = '/usr/lib/nginx/modules'
const WRK = '/usr/bin/wrk'
const CJSON = ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/lua/5.1/cjson.so`)

/** What is not installed; empty where nothing is missing. */
export function missingPackages(): readonly string[] {
  const needed: readonly (readonly [string, boolean])[] = [
    ['nginx', existsSync(NGINX)],
    ['libnginx-mod-http-lua', existsSync(join(MODULES, 'ngx_http_lua_module.so'))],
    ['lua-cjson', CJSON.some(existsSync)],
    ['wrk', existsSync(WRK)],
  ]
  return needed.filter(([, isThere]) => !isThere).map(([name]) => name)
}

export interface Nginx {
  readonly pid: number
  readonly origin: string
  stop(): Promise<void>
}

/** Reads and drops what it gets, and answers 204. */
export function startSink(folder: string): Promise<Nginx> {
  return start(join(folder, 'sink'), '', () => 'location / { return 204; }')
}

/** @param upstream `host:port` */
export async function startEditor(folder: string, upstream: string): Promise<Nginx> {
  const home = join(folder, 'editor')
  await mkdir(home, { recursive: true })
  await writeFile(join(home, 'edit.lua'), EDIT)
  const modules = `load_module ${MODULES}/ndk_http_module.so; load_module ${MODULES}/ngx_http_lua_module.so;`
  const cjson = CJSON.find(existsSync) ?? ''
  return start(
    home,
    modules,
    () =>
      'location / { rewrite_by_lua_block { require("edit")() } proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; }',
    `lua_package_path "${home}/?.lua;;"; lua_package_cpath "${cjson.replace('cjson.so', '?.so')};;";
     upstream up { server ${upstream}; keepalive 64; keepalive_requests 100000000; }`,
  )
}

/** What the relay does to the same request under the benchmark's contract, without deciding, guarding or recording. */
const EDIT = `
local cjson = require "cjson"
local floor = math.floor
local function coarse(geo)
  if geo and geo.lat then
    geo.lat = floor(geo.lat * 10 + 0.5) / 10; geo.lon = floor(geo.lon * 10 + 0.5) / 10
    geo.zip = nil; geo.type = nil; geo.accuracy = nil
  end
end
return function()
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  if not body then return end
  local bid = cjson.decode(body)
  local device, user = bid.device, bid.user
  if device then
    if device.ip then device.ip = device.ip:match("^(%d+%.%d+%.%d+%.)%d+$") .. "0" end
    device.dpidsha1 = nil
    coarse(device.geo)
  end
  if user then user.keywords = nil; user.data = nil; coarse(user.geo) end
  for _, imp in ipairs(bid.imp) do if imp.ext then imp.ext.prebid = nil end end
  bid.ext = nil
  ngx.req.set_body_data(cjson.encode(bid))
  ngx.req.clear_header("X-Forwarded-For")
end
`

async function start(home: string, modules: string, location: () => string, http = ''): Promise<Nginx> {
  await mkdir(home, { recursive: true })
  const port = await freePort()
  const config = join(home, 'nginx.conf')
  await writeFile(
    config,
    // As root, a worker would become a user who cannot read this folder.
    `${process.getuid?.() === 0 ? 'user root; ' : ''}worker_processes 1; daemon off; pid ${home}/nginx.pid; error_log ${home}/error.log; ${modules}
     events { worker_connections 2048; }
     http { access_log off; client_body_buffer_size 64k; keepalive_requests 100000000; tcp_nodelay on;
       client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi;
       uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi; ${http}
       server { listen 127.0.0.1:${port}; ${location()} } }`,
  )
  const child = spawn(NGINX, ['-c', config, '-p', home], { stdio: ['ignore', 'ignore', 'inherit'] })
  const origin = `http://127.0.0.1:${port}`
  await until('nginx to answer', async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`)
    return request(origin, { method: 'POST', body: '{"imp":[]}' }).then(
      async ({ body }) => {
        await body.dump()
        return true
      },
      () => false,
    )
  })
  // Sound: it has started, so it has an id.
  return { pid: child.pid as number, origin, stop: () => ended(child) }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGQUIT')
  await exit
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Sound: a TCP server that listens has an address of this form.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface WrkResult {
  readonly requests: number
  readonly micros: number
  readonly p50Micros: number
  readonly p99Micros: number
}

/** Every request is written once, before; then they go round. Throws for any answer that is no success. */
export async function runWrk(
  folder: string,
  url: string,
  bodies: readonly string[],
  headers: Readonly<Record<string, string>>,
  seconds: number,
  connections: number,
): Promise<WrkResult> {
  const bodyFile = join(folder, 'bodies.txt')
  const script = join(folder, 'post.lua')
  await writeFile(bodyFile, bodies.join('\n'))
  const set = Object.entries(headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`)
  await writeFile(
    script,
    `local requests, next = {}, 0
     function init()
       wrk.method = "POST"; ${set.join('; ')}
       for line in io.lines("${bodyFile}") do requests[#requests + 1] = wrk.format(nil, nil, nil, line) end
     end
     function request() next = next % #requests + 1; return requests[next] end
     function done(s, l)
       local e = s.errors
       io.write(string.format('@@{"requests":%d,"micros":%d,"p50Micros":%d,"p99Micros":%d,"failed":%d}\\n', s.requests,
         s.duration, l:percentile(50), l:percentile(99), e.connect + e.read + e.write + e.timeout + e.status))
     end`,
  )
  const child = spawn(WRK, ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url])
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  await once(child, 'close')
  const found = /^@@(\{.*\})$/m.exec(said)?.[1]
  if (found === undefined) throw new Error(`wrk said: ${said}`)
  // Sound: written by the script above.
  const { failed, ...result } = JSON.parse(found) as WrkResult & { readonly failed: number }
  if (failed > 0) throw new Error(`${failed} of ${result.requests} requests to ${url} failed`)
  return result
}
