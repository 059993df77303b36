"""Words that common and leaked passwords are made of, with the names of our own trade."""

_TEXT = """
123456789012 1234567890 123456789 12345678 1234567 123456 12345 1234 987654321 0987654321 654321
qwertyuiop qwertyui qwerty qwertz azerty asdfghjkl asdfgh zxcvbnm 1q2w3e4r5t 1q2w3e4r 1qaz2wsx
qazwsx abcdef abc123 abcd1234 aa123456 йцукенгшщзхъ йцукен фывапролджэ фывапр пароль привет
password passwort passw0rd p@ssw0rd p@ssword pa55word motdepasse contraseña contrasena passe
admin administrator administrador administrateur админ администратор root user guest test demo
welcome letmein changeme default secret login master iloveyou monkey dragon sunshine princess
football baseball superman batman trustno1 shadow michael hello freedom whatever starwars
summer winter spring autumn sommer лето зима весна осень январь февраль
klinika klinikapro клиника clinic clinica clinique hospital больница spital krankenhaus
doctor doktor docteur medico médico arzt врач доктор operator operador opérateur оператор
radiology radiologie radiologia radiología радиология рентген xray pacs dicom orthanc
"""

COMMON = frozenset(_TEXT.split())
