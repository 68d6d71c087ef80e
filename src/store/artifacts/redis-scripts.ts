/**
 * A record is one string, so that reading and writing it is one command: a header line of fields separated by "|",
 * then the JSON, which Lua never decodes (cjson would turn empty lists into objects).
 *
 *   state | consumedAt | expiresAt | version | grantId | lookup \n json
 *
 * state: L live, C consumed, R revoked (tombstone of a grant).
 */

/** KEYS: the records. ARGV: prefix of grant keys. Answers two for each: the record and its grant, where there is one. */
export const findScript = `
local found = {}
for i = 1, #KEYS do
  local value = redis.call('GET', KEYS[i])
  local grantId = value and string.match(value, '^[^|]*|[^|]*|[^|]*|[^|]*|([^|]*)|')
  found[i * 2 - 1] = value
  found[i * 2] = grantId and grantId ~= '' and redis.call('GET', ARGV[1] .. grantId) or false
end
return found
`;

/**
 * Commits of several requests, one after the other: each is applied as a whole or not at all, whatever becomes of the
 * others. KEYS: one a change, in order, then the grant keys that puts depend on and the lookup keys. ARGV: now (ms), how
 * many changes there are, then for each nine fields. First all conditions of a commit are checked, then all its writes
 * are made. Answers for each commit nothing, or what it came up against and in which of its changes.
 *
 *   put      P, ttl ms, value, expected version, if absent (1), index of grant key (its own for a grant, 0 for none),
 *            index of lookup key (0 for none), id
 *   consume  C, at
 *   destroy  D, prefix of its lookup key, id, only if present (1)
 *   revoke   R, ttl ms of the tombstone
 *
 * The ninth field of the first change of a commit says how many changes it has.
 */
export const commitScript = `
local now = tonumber(ARGV[1])
local changes = tonumber(ARGV[2])
local function field(i, n) return ARGV[2 + (i - 1) * 9 + n] end
local function header(value) return string.match(value, '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^\\n]*)\\n') end
local function live(value)
  if not value then return nil end
  local state, consumedAt, expiresAt, version = header(value)
  if state == 'R' then return 'R' end
  if tonumber(expiresAt) <= now then return nil end
  return state, version
end

local function conflict(first, last)
  for i = first, last do
    local op = field(i, 1)
    if op == 'P' then
      local grantKey = tonumber(field(i, 6))
      if grantKey > 0 then
        local state = live(redis.call('GET', KEYS[grantKey]))
        if state == 'R' or (not state and grantKey ~= i) then return { 'revoked', i - first + 1 } end
      end
      if field(i, 4) ~= '' then
        local state, version = live(redis.call('GET', KEYS[i]))
        if version ~= field(i, 4) then return { 'stale', i - first + 1 } end
      end
      if field(i, 5) == '1' and live(redis.call('GET', KEYS[i])) then return { 'exists', i - first + 1 } end
    elseif op == 'C' then
      if live(redis.call('GET', KEYS[i])) ~= 'L' then return { 'consumed', i - first + 1 } end
    elseif op == 'D' and field(i, 4) == '1' then
      if not live(redis.call('GET', KEYS[i])) then return { 'consumed', i - first + 1 } end
    end
  end
  return false
end

local function apply(first, last)
  for i = first, last do
    local op = field(i, 1)
    if op == 'P' then
      redis.call('SET', KEYS[i], field(i, 3), 'PX', field(i, 2))
      local lookupKey = tonumber(field(i, 7))
      if lookupKey > 0 then redis.call('SET', KEYS[lookupKey], field(i, 8), 'PX', field(i, 2)) end
    elseif op == 'C' then
      local value = redis.call('GET', KEYS[i])
      local rest = string.match(value, '^[^|]*|[^|]*(|.*)$')
      redis.call('SET', KEYS[i], 'C|' .. field(i, 2) .. rest, 'KEEPTTL')
    elseif op == 'D' then
      local value = redis.call('GET', KEYS[i])
      if value then
        local _, _, _, _, _, lookup = header(value)
        local lookupKey = field(i, 2) .. lookup
        if lookup ~= '' and redis.call('GET', lookupKey) == field(i, 3) then redis.call('DEL', lookupKey) end
        redis.call('DEL', KEYS[i])
      end
    else
      local left = redis.call('PTTL', KEYS[i])
      local ttl = math.max(left, tonumber(field(i, 2)))
      redis.call('SET', KEYS[i], 'R||' .. string.format('%.0f', now + ttl) .. '||||\\n', 'PX', ttl)
    end
  end
  return false
end

local answers = {}
local first = 1
while first <= changes do
  local last = first + tonumber(field(first, 9)) - 1
  answers[#answers + 1] = conflict(first, last) or apply(first, last)
  first = last + 1
end
return answers
`;
