-- AlterTable
ALTER TABLE "account" ADD COLUMN     "avatar_name" TEXT;

-- CreateTable
CREATE TABLE "avatar" (
    "account_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "avatar_pkey" PRIMARY KEY ("account_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "avatar_name_key" ON "avatar"("name");

-- AddForeignKey
ALTER TABLE "avatar" ADD CONSTRAINT "avatar_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
