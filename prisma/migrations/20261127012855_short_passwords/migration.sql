-- AlterTable
ALTER TABLE "password_credential" ADD COLUMN     "is_short" BOOLEAN NOT NULL DEFAULT false;
