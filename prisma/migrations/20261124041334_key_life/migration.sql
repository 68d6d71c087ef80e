-- What a key is follows from times. Keys there were so far are in use, without an end.
DROP INDEX "key_purpose_status_idx";

ALTER TABLE "key" ADD COLUMN "activates_at" TIMESTAMPTZ(3),
ADD COLUMN "forgotten_at" TIMESTAMPTZ(3),
ADD COLUMN "retires_at" TIMESTAMPTZ(3);

UPDATE "key" SET "activates_at" = "created_at";

ALTER TABLE "key" ALTER COLUMN "activates_at" SET NOT NULL,
DROP COLUMN "status";
