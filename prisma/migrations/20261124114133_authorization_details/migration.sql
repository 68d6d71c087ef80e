-- AlterTable
ALTER TABLE "backchannel_request" ADD COLUMN     "authorization_details" JSONB;

-- CreateTable
CREATE TABLE "authorization_details_type" (
    "type" TEXT NOT NULL,
    "resource_server_identifier" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "schema" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "authorization_details_type_pkey" PRIMARY KEY ("type")
);

-- AddForeignKey
ALTER TABLE "authorization_details_type" ADD CONSTRAINT "authorization_details_type_resource_server_identifier_fkey" FOREIGN KEY ("resource_server_identifier") REFERENCES "resource_server"("identifier") ON DELETE CASCADE ON UPDATE CASCADE;
