-- Applies the changes of one request, all or none, in one round trip. A change that cannot be applied raises
-- SQLSTATE GH001 with "<reason>:<index of the change>" as its message, which undoes the whole statement.
-- The driver sends the changes in one fixed order of records, so that two commits cannot wait for each other.
CREATE FUNCTION artifact_commit(changes jsonb, now_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  change jsonb;
  expires timestamptz;
BEGIN
  FOR change IN SELECT jsonb_array_elements(changes) LOOP
    CASE change->>'kind'

    WHEN 'put' THEN
      expires := now_at + make_interval(secs => (change->>'ttl')::double precision);

      -- The share lock makes a revocation under way wait, or makes us see it.
      IF change->>'grantId' IS NOT NULL AND NOT COALESCE((change->>'putsGrant')::boolean, false) THEN
        PERFORM 1 FROM artifact
          WHERE model = 'Grant' AND id = change->>'grantId' AND revoked_at IS NULL AND expires_at > now_at
          FOR SHARE;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'revoked:%', change->>'index' USING ERRCODE = 'GH001';
        END IF;
      END IF;

      IF change->>'expectedVersion' IS NOT NULL THEN
        UPDATE artifact SET payload = change->>'payload', expires_at = expires, lookup = change->>'lookup',
            version = change->>'version'
          WHERE model = change->>'model' AND id = change->>'id'
            AND version = change->>'expectedVersion' AND expires_at > now_at;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'stale:%', change->>'index' USING ERRCODE = 'GH001';
        END IF;
      ELSE
        INSERT INTO artifact AS a (model, id, payload, expires_at, grant_id, lookup, version)
          VALUES (change->>'model', change->>'id', change->>'payload', expires, change->>'grantId',
            change->>'lookup', change->>'version')
          ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at,
            consumed_at = NULL, grant_id = excluded.grant_id, lookup = excluded.lookup, version = excluded.version,
            revoked_at = NULL
          WHERE a.expires_at <= now_at
            OR (a.revoked_at IS NULL AND NOT COALESCE((change->>'ifAbsent')::boolean, false));
        IF NOT FOUND THEN
          RAISE EXCEPTION '%:%', CASE WHEN change->>'ifAbsent' IS NULL THEN 'revoked' ELSE 'exists' END,
            change->>'index' USING ERRCODE = 'GH001';
        END IF;
      END IF;

    WHEN 'consume' THEN
      UPDATE artifact SET consumed_at = to_timestamp((change->>'at')::double precision / 1000), version = change->>'version'
        WHERE model = change->>'model' AND id = change->>'id' AND consumed_at IS NULL AND expires_at > now_at;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'consumed:%', change->>'index' USING ERRCODE = 'GH001';
      END IF;

    WHEN 'destroy' THEN
      DELETE FROM artifact WHERE model = change->>'model' AND id = change->>'id';
      IF NOT FOUND AND (change->>'onlyIfPresent')::boolean THEN
        RAISE EXCEPTION 'consumed:%', change->>'index' USING ERRCODE = 'GH001';
      END IF;

    WHEN 'revoke-grant' THEN
      expires := now_at + make_interval(secs => (change->>'ttl')::double precision);
      INSERT INTO artifact AS a (model, id, payload, expires_at, version, revoked_at)
        VALUES ('Grant', change->>'id', '{}', expires, change->>'version', now_at)
        ON CONFLICT (model, id) DO UPDATE SET payload = '{}', revoked_at = now_at, version = excluded.version,
          expires_at = GREATEST(a.expires_at, excluded.expires_at);
    END CASE;
  END LOOP;
END $$;
