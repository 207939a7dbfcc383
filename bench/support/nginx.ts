/**
 * nginx, as a yardstick: one process that answers 204; one that hands requests on as they are; one that edits their JSON
 * with Lua and keeps nothing; one that also appends what it sends to a file and syncs it, before it sends. Debian's
 * packages nginx, libnginx-mod-http-lua and lua-cjson.
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
const CJSON = ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/lua/5.1/cjson.so`)

/** What is not installed; empty where nothing is missing. */
export function missingPackages(): readonly string[] {
  const needed: readonly (readonly [string, boolean])[] = [
    ['nginx', existsSync(NGINX)],
    ['libnginx-mod-http-lua', existsSync(join(MODULES, 'ngx_http_lua_module.so'))],
    ['lua-cjson', CJSON.some(existsSync)],
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
export function startForwarder(folder: string, upstream: string): Promise<Nginx> {
  return start(join(folder, 'forwarder'), '', () => `location / { ${FORWARD} }`, upstreamOf(upstream))
}

/**
 * @param upstream `host:port`
 * @param syncs appends each request to a file in `folder` and syncs it, before it is handed on
 */
export async function startEditor(folder: string, upstream: string, syncs: boolean): Promise<Nginx> {
  const home = join(folder, syncs ? 'syncing-editor' : 'editor')
  await mkdir(home, { recursive: true })
  await writeFile(join(home, 'edit.lua'), EDIT)
  await writeFile(join(home, 'record.lua'), recordLua(join(home, 'record.log')))
  const modules = `load_module ${MODULES}/ndk_http_module.so; load_module ${MODULES}/ngx_http_lua_module.so;`
  const cjson = CJSON.find(existsSync) ?? ''
  const rewrite = `require("edit")()${syncs ? '; require("record")()' : ''}`
  return start(
    home,
    modules,
    () => `location / { rewrite_by_lua_block { ${rewrite} } ${FORWARD} }`,
    `lua_package_path "${home}/?.lua;;"; lua_package_cpath "${cjson.replace('cjson.so', '?.so')};;"; ${upstreamOf(upstream)}`,
  )
}

const FORWARD = 'proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";'

function upstreamOf(upstream: string): string {
  return `upstream up { server ${upstream}; keepalive 64; keepalive_requests 100000000; }`
}

/**
 * What the gateway does to the same bid request, and to the same batch of events, under the benchmark's contracts, without
 * deciding, guarding or recording.
 */
const EDIT = `
local cjson = require "cjson"
local floor = math.floor
local function coarse(geo)
  if geo and geo.lat then
    geo.lat = floor(geo.lat * 10 + 0.5) / 10; geo.lon = floor(geo.lon * 10 + 0.5) / 10
    geo.zip = nil; geo.type = nil; geo.accuracy = nil
  end
end
local function short(ip) return ip and ip:match("^(%d+%.%d+%.%d+%.)%d+$") .. "0" end
local function editBid(bid)
  local device, user = bid.device, bid.user
  if device then
    if device.ip then device.ip = short(device.ip) end
    device.dpidsha1 = nil
    coarse(device.geo)
  end
  if user then user.keywords = nil; user.data = nil; coarse(user.geo) end
  for _, imp in ipairs(bid.imp) do if imp.ext then imp.ext.prebid = nil end end
  bid.ext = nil
  return bid
end
local function editBatch(batch)
  local items = {}
  for i, event in ipairs(batch) do
    local context, properties = event.context, event.properties
    local place = context.location
    items[i] = {
      event = "purchase", message_id = event.messageId, time = event.timestamp, ip = short(context.ip),
      advertising_id = { id = context.device.advertisingId, kind = "aaid" },
      place = { country = place.country, city = place.city }, os = context.os,
      properties = { value = properties.revenue, currency = properties.currency },
    }
  end
  return { batch = items }
end
return function()
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  if not body then return end
  local request = cjson.decode(body)
  ngx.req.set_body_data(cjson.encode(request.batch and editBatch(request.batch) or editBid(request)))
  ngx.req.clear_header("X-Forwarded-For")
end
`

/** Appends the edited body; the worker waits for the disk, as nginx has no other way to. */
function recordLua(path: string): string {
  return `
local ffi = require "ffi"
ffi.cdef[[ int open(const char *path, int flags, int mode); long write(int fd, const void *bytes, size_t count); int fdatasync(int fd); ]]
local WRITE_CREATE_APPEND = 1 + 64 + 1024
local file = ffi.C.open("${path}", WRITE_CREATE_APPEND, 384)
return function()
  local body = ngx.req.get_body_data()
  if not body then return end
  if tonumber(ffi.C.write(file, body, #body)) ~= #body or ffi.C.fdatasync(file) ~= 0 then ngx.exit(500) end
end
`
}

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
