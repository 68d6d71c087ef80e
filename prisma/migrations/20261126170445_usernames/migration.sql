-- AlterTable
ALTER TABLE "account" ADD COLUMN     "username" TEXT,
ADD COLUMN     "username_key" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "account_username_key_key" ON "account"("username_key");
