-- AlterTable
ALTER TABLE "backchannel_request" ADD COLUMN     "acr_values" TEXT NOT NULL DEFAULT '';
