-- AlterTable
ALTER TABLE "client" ADD COLUMN     "is_self_registered" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "last_used_at" TIMESTAMPTZ(3),
ADD COLUMN     "registration_token_hash" TEXT,
ADD COLUMN     "sealed_secret" TEXT;

-- CreateTable
CREATE TABLE "initial_access_token" (
    "id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "quota" INTEGER NOT NULL,
    "used" INTEGER NOT NULL DEFAULT 0,
    "scope" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "initial_access_token_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "initial_access_token_token_hash_key" ON "initial_access_token"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "client_registration_token_hash_key" ON "client"("registration_token_hash");
